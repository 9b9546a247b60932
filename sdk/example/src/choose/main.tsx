import { mount } from '../shared/page.tsx';
import { ChoosePerson } from './choose-person.tsx';
import '../styles/choose.css';

mount(<ChoosePerson />);
