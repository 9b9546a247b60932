import { mountPage } from '../shared/page.tsx';
import { GrantsPage } from './grants-page.tsx';
import '../styles/grants.css';

mountPage(GrantsPage);
