import { mountPage } from '../shared/page.tsx';
import { ConnectedApps } from './connected-apps.tsx';
import '../styles/connected-apps.css';

mountPage(ConnectedApps);
